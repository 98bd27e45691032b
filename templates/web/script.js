// Improves what works without it: boxes that choose all rows of a table; how many
// settings of a form were changed.
'use strict';
document.addEventListener('change', function (event) {
  var all = event.target;
  if (!all.matches || !all.matches('input[data-all]')) return;
  document.querySelectorAll(all.dataset.all).forEach(function (box) {
    box.checked = all.checked;
  });
});
document.querySelectorAll('form[data-changes]').forEach(function (form) {
  function isChanged(control) {
    if (control.type === 'checkbox' || control.type === 'radio')
      return control.checked !== control.defaultChecked;
    if (control.options) return Array.from(control.options).some(function (option) {
      return option.selected !== option.defaultSelected;
    });
    return control.value !== control.defaultValue;
  }
  form.addEventListener('input', function () {
    var count = 0;
    form.querySelectorAll('.setting').forEach(function (setting) {
      var controls = Array.from(setting.querySelectorAll('input, select, textarea'));
      var changed = controls.some(isChanged);
      setting.classList.toggle('changed', changed);
      count += changed;
    });
    form.querySelector('[data-count]').textContent =
      count ? form.dataset.changes.replace('%(n)s', count) : '';
  });
});
