// Untranslated: which words are missing in one language; for a test (tests/browser/languages_test.py), no page loads it.
import { words } from "/languages.js";

/** The {names} of a form but `n`, which a plural may leave out. */
const namesOf = (form) => [...new Set(JSON.stringify(form ?? "").match(/\{\w+\}/g))].filter((name) => name !== "{n}").sort().join(" ");

/** The keys that one language has and the other lacks, or whose values differ. Reasons have English words of
 *  the bridge's own. */
export function untranslated() {
  const keys = [...new Set([...Object.keys(words.en), ...Object.keys(words.id)])].filter((key) => !key.startsWith("reason_") && !key.startsWith("alarm_"));
  return keys.filter((key) => !(key in words.en) || !(key in words.id) || namesOf(words.en[key]) !== namesOf(words.id[key]));
}
