// Improves what works without it: boxes that choose all rows of a table.
'use strict';
document.addEventListener('change', function (event) {
  var all = event.target;
  if (!all.matches || !all.matches('input[data-all]')) return;
  document.querySelectorAll(all.dataset.all).forEach(function (box) {
    box.checked = all.checked;
  });
});
