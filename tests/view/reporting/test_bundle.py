"""The modules of the page as one script."""

import re

from torchdemos.view.reporting import bundle


def test_the_script_holds_each_module_once_and_nothing_twice() -> None:
    script = bundle.script()
    assert "import" not in re.findall(r"^\w+", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)) > 50
    assert script.index("function element(") < script.index("function chart(") < script.index("fillReport();")
