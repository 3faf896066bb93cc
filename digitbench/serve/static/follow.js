// Follows a run that is under way, as long as somebody can see it.

// Calls `progress(content)` with how far the run is, and `ended()` when it has come to its end.
export function follow(address, { progress, ended }) {
  let source = null;
  let over = false;

  function open() {
    if (over || source || document.hidden) return;
    source = new EventSource(address);
    source.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
    for (const name of ["end", "failed"]) {
      source.addEventListener(name, () => {
        over = true;
        close();
        ended();
      });
    }
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}

export function setBar(bar, done, planned) {
  bar.max = planned;
  bar.value = done;
}
