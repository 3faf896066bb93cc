raise RuntimeError("broken at import\nand a second line")
