import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { changes, constantsOf } from "../../playground/components/shared/constants.js";

const FOLDER = new URL("../../playground/components/constants/", import.meta.url).href;
const GIVEN = { text: { drawing_pad: { clear: "Clear" } }, palette: {} };

/** Addresses that were requested. @type {string[]} */
let asked = [];
/** Answer to each request. @type {() => Promise<Response>} */
let answer;
/** Number of changes that were said. */
let said = 0;

changes.addEventListener("change", () => said++);
mock.method(globalThis, "fetch", (/** @type {URL} */ address) => {
  asked.push(address.href);
  return answer();
});
mock.method(console, "warn", () => {});
mock.timers.enable({ apis: ["setTimeout"] });

const found = async () => Response.json(GIVEN);
const refused = async () => new Response("", { status: 404 });
const offline = () => Promise.reject(new TypeError("Failed to fetch"));
const broken = async () => new Response("<html>");

/** Let all promises settle. */
const settle = () => new Promise((done) => setImmediate(done));

beforeEach(() => {
  asked = [];
  said = 0;
});

test("constants are requested once for each language", async () => {
  answer = found;
  const first = constantsOf("en");
  assert.deepEqual(first, { constants: null, failed: false });
  assert.equal(constantsOf("en"), first);
  await settle();
  assert.deepEqual(first, { constants: GIVEN, failed: false });
  assert.equal(said, 1);
  assert.equal(constantsOf("en"), first);
  assert.deepEqual(constantsOf("ko").constants, null);
  await settle();
  assert.deepEqual(asked, [`${FOLDER}en.json`, `${FOLDER}ko.json`]);
});

for (const [name, fail] of Object.entries({ refused, offline, broken })) {
  test(`a request that is ${name} is said and made again until constants come, after longer and longer waits`, async () => {
    answer = fail;
    const fetched = constantsOf(name);
    await settle();
    assert.deepEqual(fetched, { constants: null, failed: true });
    assert.equal(constantsOf(name), fetched);
    for (const [index, wait] of [1000, 2000, 4000, 8000, 16000, 30000, 30000].entries()) {
      assert.equal(said, index + 1);
      mock.timers.tick(wait - 1);
      assert.equal(asked.length, index + 1);
      if (index === 6) answer = found;
      mock.timers.tick(1);
      assert.equal(asked.length, index + 2);
      await settle();
    }
    assert.deepEqual(fetched, { constants: GIVEN, failed: false });
    assert.equal(said, 8);
    mock.timers.tick(60_000);
    assert.equal(asked.length, 8);
  });
}
