"""A suite whose gate fails, written once for every way in which a test can carry the mark."""

import unittest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ASKED = {
    "models": "centroid",
    "dataset": "digits",
    "plugin_files": ["centroid.py"],
    "engine": "inline",
    "offline": True,
}
FAILS = pytest.mark.digitbench(min_accuracy=0.99, **ASKED)
PASSES = pytest.mark.digitbench(min_accuracy=0.5, **ASKED)
MISTAKEN = pytest.mark.digitbench(min_accuracy=99, **ASKED)


@FAILS
def test_function():
    pass


@FAILS
def test_function_with_an_equal_mark():
    pass


@FAILS
def test_that_decides_itself(digitbench_run):
    assert not digitbench_run.passed


@FAILS
def test_after_one_that_decided_itself():
    pass


@FAILS
def test_that_asks_for_the_record_only(digitbench_run):
    assert digitbench_run.record.results


class TestMethods:
    @FAILS
    def test_method(self):
        pass

    @staticmethod
    @FAILS
    def test_static_method():
        pass


@FAILS
class TestClass:
    def test_in_class(self):
        pass


class TestHeir(TestClass):
    def test_in_heir(self):
        pass


class TestOld(unittest.TestCase):
    @FAILS
    def test_unittest_method(self):
        pass

    @FAILS
    def test_unittest_method_that_fails_itself(self):
        self.fail("by itself")

    @FAILS
    def test_unittest_method_that_skips_itself(self):
        self.skipTest("for a reason")

    @FAILS
    def test_unittest_with_subtests(self):
        with self.subTest("one"):
            pass

    @FAILS
    @unittest.expectedFailure
    def test_unittest_expected_failure(self):
        pass


@FAILS
class TestOldClass(unittest.TestCase):
    def test_unittest_class(self):
        pass


class TestOldAsync(unittest.IsolatedAsyncioTestCase):
    @FAILS
    async def test_unittest_async(self):
        pass


@FAILS
@pytest.mark.parametrize("value", [1, 2])
def test_parametrized(value):
    pass


@pytest.mark.parametrize("value", [pytest.param(1, marks=FAILS), pytest.param(2, marks=PASSES)])
def test_parameter(value):
    pass


@PASSES
@FAILS
def test_two_marks_inner():
    pass


@FAILS
@PASSES
def test_two_marks_outer():
    pass


@FAILS
class TestClassAndFunction:
    @PASSES
    def test_both_are_judged(self):
        pass

    @PASSES
    def test_the_closest_is_given(self, digitbench_run):
        assert digitbench_run.passed


@FAILS
@pytest.mark.xfail(strict=True, reason="known")
def test_xfail_strict():
    pass


@FAILS
@pytest.mark.xfail(reason="known")
def test_xfail():
    pass


@PASSES
@pytest.mark.xfail(strict=True, reason="known")
def test_xfail_strict_of_what_passes():
    pass


@FAILS
@pytest.mark.xfail(raises=ZeroDivisionError, reason="another error")
def test_xfail_of_another_error():
    pass


@MISTAKEN
@pytest.mark.xfail(reason="hides no mistake")
def test_xfail_of_a_mistaken_mark():
    pass


@MISTAKEN
@pytest.mark.skip(reason="not now")
def test_skip():
    pass


@FAILS
@pytest.mark.skipif(False, reason="never")
def test_skipif():
    pass


@FAILS
def test_that_skips_itself():
    pytest.skip("for a reason")


@FAILS
def test_that_fails_itself():
    raise ValueError("by itself")


@FAILS
def test_subtests(subtests):
    with subtests.test("one"):
        pass


@FAILS
@settings(max_examples=3, deadline=None, database=None)
@given(st.integers())
def test_hypothesis(number):
    pass


@pytest.fixture
def of_a_fixture(digitbench_run):
    return digitbench_run.accuracy("centroid")


@FAILS
def test_that_uses_the_run_through_a_fixture(of_a_fixture):
    assert of_a_fixture > 0.9


@FAILS
def test_that_asks_by_name(request):
    assert request.getfixturevalue("digitbench_run").accuracy("centroid") > 0.9


@FAILS
async def test_async():
    pass
