"""Thirty fonts that look handwritten, from packages of Debian, and where their files lie."""

from pathlib import Path

FONTS = {
    "fonts-breip": ("truetype/breip/Breip.ttf",),
    "fonts-bwht": tuple(
        f"opentype/bwht/BecauseWe{name}-Regular.otf"
        for name in ("Build", "Connect", "Create", "Learn", "Mentor", "Organize")
    ),
    "fonts-dancingscript": ("opentype/dancingscript/DancingScript-Regular.otf",),
    "fonts-dkg-handwriting": tuple(
        f"truetype/fifthhorseman/dkg{style}.ttf" for style in ("", "BI", "Bd", "It")
    ),
    "fonts-ecolier-court": ("truetype/ecolier-court/Ecolier-court.ttf",),
    "fonts-femkeklaver": ("truetype/femkeklaver/femkeklaver.ttf",),
    "fonts-humor-sans": ("truetype/humor-sans/Humor-Sans.ttf",),
    "fonts-kaushanscript": ("opentype/kaushanscript/KaushanScript-Regular.otf",),
    "fonts-klee": ("truetype/klee/KleeOne-Regular.ttf", "truetype/klee/KleeOne-SemiBold.ttf"),
    "fonts-kristi": ("truetype/kristi/Kristi.ttf",),
    "fonts-leckerli-one": ("truetype/leckerli-one/LeckerliOne-Regular.ttf",),
    "fonts-rufscript": ("truetype/rufscript/Rufscript010.ttf",),
    "fonts-seto": ("truetype/seto/setofont.ttf",),
    "fonts-sjfonts": ("truetype/sjfonts/Delphine.ttf", "truetype/sjfonts/SteveHand.ttf"),
    "fonts-tlwg-purisa-ttf": tuple(
        f"truetype/tlwg/Purisa{style}.ttf" for style in ("", "-Bold", "-BoldOblique", "-Oblique")
    ),
    "fonts-yozvox-yozfont-standard-kana": ("truetype/yozvox-yozfont/YOzRS_.ttf",),
    "fonts-yusei-magic": ("truetype/yusei-magic/YuseiMagic-Regular.ttf",),
}
"""The files of each package, below the directory of fonts."""

DIRECTORY = Path("/usr/share/fonts")


def installed_fonts(directory: Path = DIRECTORY) -> tuple[list[Path], list[str]]:
    """Return the files that are there, and the packages of those that are not."""
    files, missing = [], []
    for package, names in FONTS.items():
        there = [directory / name for name in names if (directory / name).is_file()]
        files += there
        if len(there) < len(names):
            missing.append(package)
    return files, missing
