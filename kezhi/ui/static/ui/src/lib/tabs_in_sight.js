// The tab one is on may stand beyond the edge of a row that scrolls: bring it into sight, without moving the page.
export function showPresentTabs(root = document) {
  for (const tab of root.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.closest(".tabs");
    const [inner, outer] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
    const edge = 24;
    if (inner.right + edge > outer.right) row.scrollLeft += inner.right + edge - outer.right;
    else if (inner.left - edge < outer.left) row.scrollLeft += inner.left - edge - outer.left;
  }
}
