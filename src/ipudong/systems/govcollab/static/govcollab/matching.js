// One key for each decision: an element with data-shortcut is clicked by that key alone, unless
// something is being written or a modifier is held (that is the browser's).
document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input, textarea, select, [contenteditable]");
  if (writing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = CSS.escape(event.key.toLowerCase());
  const found = document.querySelector(`[data-shortcut="${wanted}"]`);
  if (!found) return;
  event.preventDefault();
  found.click();
});
