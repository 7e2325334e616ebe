"""Where the lessons are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
LANGUAGES = ("en", "ru")


def lessons(language: str | None = None) -> list[Path]:
    """The notebooks of one language, or of all, in the order of the course."""
    languages = LANGUAGES if language is None else (language,)
    return [path for code in languages for path in sorted((NOTEBOOKS / code).glob("*.ipynb"))]


def name(path: Path) -> str:
    """``en/00_start``: how a lesson is called in the tests."""
    return f"{path.parent.name}/{path.stem}"
