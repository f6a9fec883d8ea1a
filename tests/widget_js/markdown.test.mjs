// What agents write, as DOM, with a document of forty lines: nothing a message says becomes markup.
import assert from "node:assert/strict";
import { test } from "node:test";

class Node {
  constructor(name) {
    Object.assign(this, { name, children: [] });
  }
  append(...children) {
    this.children.push(...children);
  }
}
globalThis.document = { createElement: (name) => new Node(name) };
globalThis.location = { href: "https://parley.test/widget" };
const { markdown } = await import("../../static/widget/markdown.js");

// <p>a <b>c</b></p> as text, with href only; whatever is not text and has no name is a mistake.
const escape = (text) => text.replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]);
function shown(node) {
  if (typeof node === "string") return escape(node);
  const href = node.href ? ` href="${node.href}"` : "";
  return `<${node.name}${href}>${node.children.map(shown).join("")}</${node.name}>`;
}
const html = (text) => markdown(text).children.map(shown).join("");

const CASES = {
  "a *b* **c** ~~d~~ `e`": "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>",
  "**bold *and* both**": "<p><strong>bold <em>and</em> both</strong></p>",
  "one\ntwo\n\nthree": "<p>one\ntwo</p><p>three</p>",
  "- a\n- b\n  - c\n\nd": "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul><p>d</p>",
  "3. a\n4. b": "<ol><li><p>a</p></li><li><p>b</p></li></ol>",
  "> a\n> b\nc": "<blockquote><p>a\nb</p></blockquote><p>c</p>",
  "```js\n<b>*x*</b>\n```": "<pre><code>&lt;b&gt;*x*&lt;/b&gt;</code></pre>",
  "# Title #": "<p>Title</p>",
  "a\n\n---\n\nb": "<p>a</p><hr></hr><p>b</p>",
  "[yard](https://a.test/x)": '<p><a href="https://a.test/x">yard</a></p>',
  "see https://a.test/b_c_d.": '<p>see <a href="https://a.test/b_c_d">https://a.test/b_c_d</a>.</p>',
  "2 * 3 * 4 and snake_case_name": "<p>2 * 3 * 4 and snake_case_name</p>",
  "\\*no\\*": "<p>*no*</p>",
  "unclosed **bold and `code": "<p>unclosed **bold and `code</p>",
  "```\nnever closed": "<pre><code>never closed</code></pre>",
};

test("markdown becomes what it means", () => {
  for (const [text, expected] of Object.entries(CASES)) assert.equal(html(text), expected, text);
});

test("nothing that is written becomes markup, and no address but the web's becomes a link", () => {
  for (const hostile of [
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "![x](javascript:alert(1))",
    "[x](//evil.test)",
    "<javascript:alert(1)>",
    "`<script>`",
    "[a](https://a.test\" onclick=\"x)",
  ]) {
    const found = html(hostile);
    assert.ok(!/<(?!\/?(?:p|code|a|em|strong)\b)/.test(found), found);
    for (const [, href] of found.matchAll(/href="([^"]*)"/g)) assert.match(href, /^https:\/\/a\.test/);
  }
});

test("no text, however odd, takes long or deep", () => {
  const long = 50_000;
  const odd = ["*", "_", "`", "[", "](", "**", "~~", "> ", "- ", "# ", "\\", "*a", "_a ", "[a](", "a*_"];
  for (const piece of odd) {
    for (const text of [piece.repeat(long / piece.length), `${piece}\n`.repeat(long / 50)]) {
      const began = performance.now();
      html(text);
      const took = performance.now() - began;
      assert.ok(took < 1500, `${JSON.stringify(piece)} took ${Math.round(took)} ms`);
    }
  }
  html(`${"> ".repeat(5000)}deep`);
});
