// SPDX-License-Identifier: AGPL-3.0-or-later
// Live by Server-Sent Events: each part's elements are merged by key, so that only what is new moves.

const sources = new WeakMap();

function elements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

function merge(box, html, quiet) {
  const known = new Map([...box.children].map((each) => [each.dataset.key, each]));
  let here = box.firstElementChild;
  for (const next of elements(html)) {
    const old = known.get(next.dataset.key);
    known.delete(next.dataset.key);
    const source = next.outerHTML;
    let kept = old;
    if (!old || sources.get(old) !== source) {
      kept = next;
      sources.set(next, source);
      if (!old && !quiet) next.classList.add("new");
      if (old) {
        if (old === here) here = next;
        old.replaceWith(next);
      }
    }
    if (kept === here) here = here.nextElementSibling;
    else box.insertBefore(kept, here);
  }
  known.forEach((gone) => gone.remove());
}

let first = true;
const live = new EventSource("/live");
live.onmessage = (event) => {
  for (const [id, html] of Object.entries(JSON.parse(event.data))) {
    merge(document.getElementById(id), html, first);
  }
  first = false;
};
live.onerror = () => {
  document.body.classList.add("over");
  live.close();
};
