// Live: the bridge's events make a page ask anew at once. Where they are missing or break, the page's own timer goes on.

const back_first_ms = 2000;
const back_max_ms = 60000;
const together_ms = 250; // what happens at once is asked about once
const apart_ms = 1000; // and what never stops happening is asked about this often

/** Calls `changed()` after any of the named events. */
export function listen(events, changed) {
  let source = null;
  let back_ms = back_first_ms;
  let again = 0;
  let due = 0;
  let last = -Infinity;

  function happened() {
    if (due) return;
    due = setTimeout(() => {
      due = 0;
      last = performance.now();
      changed();
    }, Math.max(together_ms, last + apart_ms - performance.now()));
  }

  function close() {
    source?.close();
    source = null;
    clearTimeout(again);
  }

  function open() {
    close();
    source = new EventSource("/api/v1/events");
    source.onopen = () => (back_ms = back_first_ms);
    source.onerror = () => {
      // The browser itself tries again too soon, and after a refusal never: when, is ours to say.
      close();
      if (document.hidden) return;
      again = setTimeout(open, back_ms * (0.5 + Math.random() / 2));
      back_ms = Math.min(back_max_ms, back_ms * 2);
    };
    for (const each of events) source.addEventListener(each, happened);
  }

  // A browser has six connections to one host: pages that nobody sees must not hold them.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  if (!document.hidden && events.length > 0) open();
}
