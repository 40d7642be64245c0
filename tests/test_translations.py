"""Both languages are complete, and the checker that says so is itself held to examples."""

from pathlib import Path

import pytest

from tools import translations


def test_every_sentence_has_its_english():
    assert translations.check() == []


@pytest.fixture
def project(tmp_path: Path):
    """A one-app project to put code into: ``project(python=…, template=…)`` gives the checker's remarks."""
    app = tmp_path / "kezhi" / "shop"
    (app / "templates" / "shop").mkdir(parents=True)
    (app / "__init__.py").touch()

    def remarks(python: str = "", template: str = "", english: dict[str, str] | None = None) -> list[str]:
        (app / "texts.py").write_text(python, encoding="utf-8")
        (app / "templates" / "shop" / "page.html").write_text(template, encoding="utf-8")
        translations.sync(["shop"], tmp_path)
        path = translations.catalogue_path("shop", tmp_path)
        if english:
            catalogue = translations.polib.pofile(str(path))
            for entry in catalogue:
                if entry.msgid_plural:
                    entry.msgstr_plural = {0: english[entry.msgid], 1: english[entry.msgid]}
                else:
                    entry.msgstr = english[entry.msgid]
            catalogue.save()
        return translations.check(["shop"], tmp_path)

    return remarks


@pytest.mark.parametrize(
    ("python", "english"),
    [
        ('x = _("保存")', {"保存": "Save"}),
        ('x = gettext_lazy("共 %(count)s 个")', {"共 %(count)s 个": "%(count)s in all"}),
        ('x = ngettext("%(n)s 个", "%(n)s 个", n)', {"%(n)s 个": "%(n)s items"}),
        ('x = _("输入 50万 或 500000")', {"输入 50万 或 500000": "Type 50万 or 500000"}),
        ('"""中文说明。"""', {}),
        ("x = 1  # 中文注释", {}),
        ('level = Level(name_zh="重要", name_en="Important")', {}),
        ('x = {"name_zh": "重要"}', {}),
        ('# zh-data\nsurnames = ["王", "李"]', {}),
        ('# zh-data: surnames\n"""Names."""\nx = 1\ny = "王"', {}),
        (r'pattern = "[\u4e00-\u9fff]"', {}),
    ],
)
def test_good_lines_pass(project, python, english):
    assert project(python=python, english=english) == []


@pytest.mark.parametrize(
    ("python", "english", "remark"),
    [
        ('x = _("保存")', {"保存": ""}, "no English"),
        ('x = _("保存")', {"保存": "保存"}, "Chinese in the English"),
        ('x = _("共 %(count)s 个")', {"共 %(count)s 个": "%(number)s in all"}, "placeholders differ"),
        ('x = _("共 %s 个")', {"共 %s 个": "%s in all"}, "placeholders must have names"),
        ('x = _(f"共 {n} 个")', {}, "an f-string cannot be translated"),
        ('x = "保存"', {}, "Chinese outside gettext"),
        ('x = f"共 {n} 个"', {}, "Chinese outside gettext"),
        ('x = {"name_zh": _("必填")}', {"必填": ""}, "no English"),
        ('x = refuse(name_zh=_("必填"))', {"必填": ""}, "no English"),
    ],
)
def test_bad_lines_are_named(project, python, english, remark):
    remarks = project(python=python, english=english)

    assert len(remarks) == 1
    assert remark in remarks[0]


@pytest.mark.parametrize(
    ("template", "english"),
    [
        ('{% translate "保存" %}', {"保存": "Save"}),
        ('{% button _("保存") %}', {"保存": "Save"}),
        ('{{ name|default:_("未命名") }}', {"未命名": "Unnamed"}),
        (
            "{% blocktranslate trimmed %}\n  你好 {{ name }}\n{% endblocktranslate %}",
            {"你好 %(name)s": "Hello %(name)s"},
        ),
        ('{% translate "50% 以上" %}', {"50%% 以上": "50%% and more"}),
        ("{# 注释 #}{% comment %}注释{% endcomment %}", {}),
        ("{# zh-data #}王小明", {}),
    ],
)
def test_good_templates_pass(project, template, english):
    assert project(template=template, english=english) == []


@pytest.mark.parametrize("template", ["<p>保存</p>", '{% button "保存" %}', '{{ name|default:"未命名" }}'])
def test_bare_chinese_in_a_template_is_named(project, template):
    remarks = project(template=template)

    assert len(remarks) == 1
    assert "Chinese outside translate" in remarks[0]
