// Reason words: why a job is as it is, by the reason's code. The English ones come from the bridge itself.
import { learnWhenSpoken, sayCode } from "/languages.js";

await learnWhenSpoken("id", () => import("/reason_words_id.js"));

export const reasonText = (code, english) => (code ? sayCode("reason_", code, english) : "");
