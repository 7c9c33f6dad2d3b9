"""Builds the API reference from the docstrings: `make docs` writes it to build/docs.

The build fails with every fault that it finds: a warning, a public name without a docstring, a
name in a docstring that does not exist, a drawing of a class that does not exist, a link that
leads nowhere, and a page that needs a network.
"""

import argparse
import html
import importlib
import inspect
import os
import pkgutil
import re
import sys
import warnings
from pathlib import Path

import jinja2
import keras
import pdoc.doc
import pdoc.docstrings
import pdoc.render
from drawings import DRAWINGS

import keras_seq

# The modules of the public names, in the order of the front page; after them come the tasks.
FAMILIES = [
    "recurrent",
    "time_delay",
    "attention",
    "transformer",
    "crf",
    "decoding",
    "pooling",
    "characters",
    "dropout",
    "models",
    "losses",
    "schedules",
    "callbacks",
    "monte_carlo",
    "weight_averaging",
    "convert",
    "data",
    "export",
    "errors",
    "tasks",
]
LEADS = r"^(Count|Letters|Masking|Note|Raises|References?|Returns|Weights): (?=\S)"
STARRED = r"^ +\*{1,2}\w[\w*, ]*:"  # *args and **kwargs among the arguments
RETURNS = r"^Returns:\n(?:[ ]{4}.+\n?)+"
LISTS = ["Call arguments"]  # sections that list arguments, beside those that pdoc knows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("build/docs"))
    out = parser.parse_args().out
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pages, search = render()
    faults = [f"warning: {each.message}" for each in caught]
    faults += undocumented() + undrawn(pages) + broken_links(pages)
    for name, page in {**pages, "search.js": search}.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    for fault in faults:
        print(f"docs: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"docs: {len(pages)} pages, open {out / 'index.html'}")


def render():
    """The pages, a dictionary of path -> HTML, and the index of the search."""
    pdoc.docstrings.GOOGLE_LIST_SECTIONS += LISTS
    pdoc.render.configure(
        docformat="google",
        template_directory=Path(__file__).parent,
        footer_text=f"keras_seq {keras_seq.__version__}",
        show_source=False,
    )
    modules = {name: pdoc.doc.Module.from_name(name) for name in module_names()}
    pdoc.render.env.globals["families"] = {
        modules[name]: names_and_sentences(name) for name in module_names()[1:]
    }
    pdoc.render.env.filters["public_base"] = public_base
    pdoc.render.env.filters["to_markdown"] = to_markdown
    format_signature = pdoc.render.env.filters["format_signature"]
    pdoc.render.env.filters["format_signature"] = lambda signature, colon: format_signature(
        without_type_of_kwargs(signature), colon
    )
    places = places_of_names()
    pages = {}
    for name, module in modules.items():
        path = f"{name.replace('.', '/')}.html"
        page = link_names(pdoc.render.html_module(module, modules), name, places)
        pages[path] = add_drawings(page)
    pages["index.html"] = pdoc.render.html_index(modules)
    families = {name: module for name, module in modules.items() if name != "keras_seq"}
    return pages, pdoc.render.search_index(families)


def module_names():
    """The modules that have a page: the package, its families of names, and each task."""
    tasks = sorted(task.name for task in pkgutil.iter_modules(keras_seq.tasks.__path__))
    return [
        "keras_seq",
        *(f"keras_seq.{family}" for family in FAMILIES),
        *(f"keras_seq.tasks.{task}" for task in tasks),
    ]


def public_names(module):
    """The classes and functions that a module offers, a dictionary of name -> object."""
    module = importlib.import_module(module)
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
        ]
    found = {name: getattr(module, name) for name in names}
    return {
        name: thing
        for name, thing in found.items()
        if inspect.isclass(thing) or inspect.isfunction(thing)
    }


def places_of_names():
    """Where each public name is described: name as users write it -> (module, name)."""
    places = {
        f"{module}.{name}": (module, name)
        for module in module_names()[1:]
        for name in public_names(module)
    }
    described = {id(getattr(importlib.import_module(m), n)): (m, n) for m, n in places.values()}
    for name, thing in public_names("keras_seq").items():
        places[f"keras_seq.{name}"] = places[name] = described[id(thing)]
    # Class names cannot be mistaken for other words, so they need no module before them.
    return {place[1]: place for place in described.values() if place[1][0].isupper()} | places


def names_and_sentences(module):
    """What the front page says of a module: name as users write it -> first sentence."""
    short = public_names("keras_seq")
    return {
        f"keras_seq.{name}" if short.get(name) is thing else f"{module}.{name}": inspect.getdoc(
            thing
        ).partition("\n\n")[0]
        for name, thing in public_names(module).items()
    }


def public_base(cls):
    """The nearest base class that has a public name: one of ours, or Keras's."""
    ours = {thing: f"keras_seq.{name}" for name, thing in public_names("keras_seq").items()}
    for base in cls.obj.__mro__[1:]:
        if base in ours:
            return ours[base]
        for place in (keras, keras.layers, keras.callbacks, keras.losses, keras.utils):
            if getattr(place, base.__name__, None) is base:
                return f"{place.__name__}.{base.__name__}"
        if getattr(keras.optimizers.schedules, base.__name__, None) is base:
            return f"keras.optimizers.schedules.{base.__name__}"
    return ""


def without_type_of_kwargs(signature):
    """The type lists names for editors; on a page the docstring describes them."""
    empty = inspect.Parameter.empty
    parameters = [
        p.replace(annotation=empty) if p.kind is p.VAR_KEYWORD else p
        for p in signature.parameters.values()
    ]
    return signature.replace(parameters=parameters)


@jinja2.pass_context
def to_markdown(context, docstring):
    """pdoc's conversion, after giving headings to the sections that Google's style has not."""
    docstring = re.sub(r"^(Example|Examples):\n\n(?=>>>)", r"###### \1:\n\n", docstring, flags=re.M)
    docstring = re.sub(STARRED, lambda match: match[0].replace("*", r"\*"), docstring, flags=re.M)
    docstring = re.sub(RETURNS, _several, docstring, flags=re.M)
    docstring = re.sub(LEADS, r"**\1:** ", docstring, flags=re.M)
    return pdoc.render.to_markdown_with_context(context, docstring)


def _several(match):
    """Several results, each on a line "name: what it is", as a list."""
    if len(re.findall(r"^ {4}\w+: ", match[0], flags=re.M)) < 2:
        return match[0]
    return re.sub(r"^ {4}(\w+): ", r"    - **\1:** ", match[0], flags=re.M)


def link_names(page, module, places):
    """Link every public name in code type to the page that describes it."""
    folder = os.path.dirname(module.replace(".", "/"))
    anchors = ids_of(page)

    def reference(name):
        module, anchor = places[name]
        return f"{os.path.relpath(module.replace('.', '/'), folder)}.html#{anchor}"

    def link(match):
        name = match[1].removesuffix("()")
        return f'<a href="{reference(name)}">{match[0]}</a>' if name in places else match[0]

    def relink(match):
        # pdoc takes the front page, which has no descriptions, for the place of what it imports,
        # and links to methods of Keras's classes, which have none here.
        if match[1] in anchors:
            return match[0]
        name = match[1].rpartition("/")[2].replace("keras_seq.html#", "keras_seq.")
        return f'<a href="{reference(name)}">{match[2]}</a>' if name in places else match[2]

    page = re.sub(r'<a href="(#[\w.]+)">(.*?)</a>', relink, page)
    page = re.sub(r'<a href="((?:\.\./)*keras_seq\.html#[\w.]+)">(.*?)</a>', relink, page)
    return re.sub(r'(?<!">)<code>([\w.]+(?:\(\))?)</code>', link, page)


def add_drawings(page):
    """Put the drawing of each class behind its equations, or else behind its first paragraph."""
    for name, (svg, caption) in DRAWINGS.items():
        start = page.find(f'<section id="{name}">')
        if start < 0:
            continue
        first = page.index("</p>", page.index('<div class="docstring">', start)) + len("</p>")
        code = re.compile(r"\s*<pre>.*?</pre>", re.DOTALL)
        equations = code.match(page, first)
        end = equations.end() if equations else first
        caption = re.sub("`(.*?)`", r"<code>\1</code>", caption)
        figure = f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"
        page = f"{page[:end]}\n{figure}\n{page[end:]}"
    return page


def undrawn(pages):
    """Drawings whose class has no section on a page."""
    text = "".join(pages.values())
    return [
        f"there is a drawing of {name}, which no page describes"
        for name in DRAWINGS
        if f'<section id="{name}">' not in text
    ]


def ids_of(page):
    """The places that a link to the page may name, with their #."""
    return {f"#{name}" for name in re.findall(r'\sid="([^"]+)"', page)}


def undocumented():
    """Public names, and public methods that they define, without a docstring."""
    faults = []
    for module in module_names():
        if not importlib.import_module(module).__doc__:
            faults.append(f"{module} has no docstring")
        for name, thing in public_names(module).items():
            if not thing.__doc__:
                faults.append(f"{module}.{name} has no docstring")
    return faults


def broken_links(pages):
    """Links that lead nowhere, names of ours that do not exist, and pages that need a network."""
    faults = set()
    for path, page in pages.items():
        for source in re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]+)', page):
            faults.add(f"{path}: needs a network for {source}")
        page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        for target in re.findall(r'(?:href|url)="?([^"\s>]+)', page):
            if target.startswith(("https:", "http:", "data:")):
                continue
            file, _, anchor = html.unescape(target).partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if file not in pages or (anchor and f"#{anchor}" not in ids_of(pages[file])):
                faults.add(f"{path}: the link {target} leads nowhere")
        text = html.unescape(re.sub(r"<[^>]*>", "", page))
        for name in re.findall(r"\bkeras_seq(?:\.[A-Za-z_]\w*)+", text):
            if not exists(name):
                faults.add(f"{path}: there is no {name}")
    return sorted(faults)


def exists(name):
    """Whether a dotted name is a module or something in one."""
    thing, done = keras_seq, "keras_seq"
    for part in name.split(".")[1:]:
        done = f"{done}.{part}"
        if not hasattr(thing, part):
            try:
                importlib.import_module(done)
            except ImportError:
                return False
        thing = getattr(thing, part)
    return True


if __name__ == "__main__":
    main()
