// Pictures: fetched by hand and kept in memory alone, with the tag to ask again by, and why there is none where there is none.
import { headers } from "/api.js";

/** Why an answer has no picture, as whyNot takes it. */
async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  return { status: answer.status, detail: said.detail, reason: said.reason, state: said.state, retry_s: Number(answer.headers.get("Retry-After")) };
}

/**
 * What is under the path by now: {bytes, tag, headers}, or {isSame, tag, headers} where it is what `tag` names, or {problem}. The server
 * lets nothing be stored on a disk, so no cache of the browser's knows the tag. Rejects when `signal` aborts.
 */
export async function fetchPicture(path, tag, signal) {
  const answer = await fetch(path, { headers: headers(tag ? { "If-None-Match": tag } : {}), cache: "no-store", signal }).catch((error) => {
    if (signal?.aborted) throw error;
    return null;
  });
  if (!answer) return { problem: { status: 0 } };
  if (answer.status === 304) return { isSame: true, tag, headers: answer.headers };
  const got = answer.ok ? { bytes: await answer.blob(), tag: answer.headers.get("ETag") ?? "", headers: answer.headers } : { problem: await problemOf(answer) };
  signal?.throwIfAborted();
  return got;
}

/** An image that can be shown at once; its URL is the caller's to revoke. Null: the bytes are none. */
export async function decoded(bytes) {
  const image = new Image();
  image.src = URL.createObjectURL(bytes);
  try {
    await image.decode();
    return image;
  } catch {
    URL.revokeObjectURL(image.src);
    return null;
  }
}
