"""What is registered is documented, and pages lead where they say."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_the_reference_says_what_the_registries_say():
    """Every record type, field, figure, kind of event and field type has its heading.

    In a process of its own: tests register small types and figures of theirs, which nobody documents.
    """
    done = subprocess.run([sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_link_between_pages_leads_somewhere():
    broken = []
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")

    assert broken == []


def test_every_decision_is_in_the_index():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")

    assert [
        page.name for page in sorted((DOCS / "decisions").glob("*.md")) if page.name not in {"README.md"}
    ] == sorted(re.findall(r"\]\(([\w-]+\.md)\)", index))
