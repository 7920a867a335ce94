"""The scripts of the page: they can be joined into one, and read no text as HTML."""

import re
from collections import Counter

from torchdemos.view import web

SCRIPTS = sorted(web.FOLDER.glob("*.js"))


def test_the_scripts_can_be_joined_into_one() -> None:
    """The report inlines them: names are unique, imports are lines of their own, nothing is exported by default."""
    top = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.M)
    names = Counter(name for script in SCRIPTS for name in top.findall(script.read_text()))
    assert [name for name, count in names.items() if count > 1] == []
    for script in SCRIPTS:
        lines = script.read_text().splitlines()
        assert all(
            re.fullmatch(r'import \{[\w, ]+\} from "\./\w+\.js";', line) for line in lines if "import" in line[:6]
        )
        assert not any(line.startswith(("export default", "export {", "await")) for line in lines)


def test_the_scripts_never_read_text_as_html() -> None:
    for script in SCRIPTS:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://(?!www\.w3)", script.read_text()
        )
