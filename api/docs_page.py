"""The page at /docs: every operation of /openapi.json, shown by a few lines of script of our own, none from afar."""

import secrets
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Travellr API</title>
<style nonce="NONCE">
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
  details { border: 1px solid #ccc; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
  summary { cursor: pointer; }
  summary b { display: inline-block; min-width: 4.5rem; }
  code, table { font-size: .9rem; }
  table { border-collapse: collapse; width: 100%; }
  td, th { border-bottom: 1px solid #eee; padding: .2rem .5rem; text-align: left; vertical-align: top; }
  @media (prefers-color-scheme: dark) { body { background: #16181c; color: #eee; } td, th { border-color: #333; } }
</style>
</head>
<body>
<h1>Travellr API</h1>
<p>From <a href="/openapi.json">/openapi.json</a>.</p>
<main id="operations">Loading</main>
<noscript>This page needs JavaScript; /openapi.json says the same.</noscript>
<script nonce="NONCE">
const make = (tag, text, ...children) => {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
};
const nameOf = schema => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(nameOf).join(" or ");
  if (schema.items) return "list of " + nameOf(schema.items);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(" or ");
  return (schema.type || "any") + (schema.format ? " (" + schema.format + ")" : "");
};
const table = rows => make("table", "", ...rows.map(cells => make("tr", "", ...cells.map(cell => make("td", cell)))));
const fields = (schema, all, depth = 0) => {
  const named = schema && schema.$ref ? all[schema.$ref.split("/").pop()] : schema;
  if (!named || !named.properties || depth > 3) return [];
  return Object.entries(named.properties).flatMap(([name, inner]) => [
    ["\\u00a0".repeat(depth * 4) + name + ((named.required || []).includes(name) ? " *" : ""), nameOf(inner),
     inner.description || ""],
    ...fields(inner, all, depth + 1)]);
};
const operation = (method, path, described, all) => {
  const head = make("summary", "", make("b", method.toUpperCase()), make("code", path), " " + described.summary);
  const box = make("details", "", head);
  const parameters = described.parameters || [];
  if (parameters.length)
    box.append(make("h4", "Parameters"), table(parameters.map(p =>
      [p.name + (p.required ? " *" : ""), p.in, nameOf(p.schema), p.description || p.schema.description || ""])));
  const body = described.requestBody && described.requestBody.content["application/json"];
  if (body) {
    const schema = body.schema.anyOf ? body.schema.anyOf[0] : body.schema;
    box.append(make("h4", "Body"), table(fields(schema, all)));
  }
  box.append(make("h4", "Answers"), table(Object.entries(described.responses).map(([status, answer]) => {
    const content = Object.values(answer.content || {})[0];
    return [status, answer.description, content ? nameOf(content.schema) : ""];
  })));
  return box;
};
fetch("/openapi.json").then(answer => answer.json()).then(api => {
  const main = document.getElementById("operations");
  main.textContent = "";
  const all = (api.components || {}).schemas || {};
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, described] of Object.entries(methods))
      main.append(operation(method, path, described, all));
});
</script>
</body>
</html>
"""


@router.get("/docs")
async def docs() -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Response(
        _PAGE.replace("NONCE", nonce), 200, {"Content-Security-Policy": policy}, media_type="text/html; charset=utf-8"
    )
