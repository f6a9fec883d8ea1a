// Colours by calculation: whatever the brand, text on it and text in it can be read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, inkOn, parseHex, readable } from "../../static/widget/look.js";

const STEPS = [0, 32, 64, 96, 120, 128, 160, 192, 224, 255];
const SURFACES = { light: [255, 255, 255], dark: [22, 25, 29] };

function* everyColour() {
  for (const r of STEPS) for (const g of STEPS) for (const b of STEPS) yield [r, g, b];
}

test("text on any brand colour reaches 4.5 to 1", () => {
  for (const brand of everyColour()) assert.ok(contrast(inkOn(brand), brand) >= 4.5, String(brand));
});

test("text in any brand colour reaches 4.5 to 1 on both surfaces", () => {
  for (const brand of everyColour()) {
    for (const surface of Object.values(SURFACES)) {
      assert.ok(contrast(readable(brand, surface), surface) >= 4.5, String(brand));
    }
  }
});

test("a brand colour that can be read already is left alone", () => {
  assert.deepEqual(readable([47, 95, 215], SURFACES.light), [47, 95, 215]);
});

test("a colour that is none becomes the default, not an error", () => {
  assert.deepEqual(parseHex("#0f766e"), [15, 118, 110]);
  for (const odd of ["", undefined, "red", "#12"]) assert.deepEqual(parseHex(odd), [47, 95, 215]);
});
