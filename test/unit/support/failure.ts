import assert from "node:assert/strict";

/** For assert.rejects and assert.throws: an error with this code and a text that matches. */
export function failure(code: string, text: RegExp = /./): (error: Error & { code?: string }) => true {
  return (error) => {
    assert.match(error.message, text);
    assert.equal(error.code, code);
    return true;
  };
}
