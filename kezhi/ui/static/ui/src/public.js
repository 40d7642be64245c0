// Public entry pages: a sum that shows a browser is at work, the phone checked while it is typed, one post per tap,
// and the height told to the page around. Plain ES5: what cannot run it posts without, and is asked once more.
(function () {
  "use strict";
  function tellHeight() {
    if (window.parent !== window && document.documentElement) {
      window.parent.postMessage({ kezhiForm: true, height: document.documentElement.scrollHeight }, "*");
    }
  }
  window.addEventListener("load", tellHeight);
  window.addEventListener("resize", tellHeight);

  var form = document.getElementById("entry");
  if (!form || !Math.imul) return;

  function hash(text) {
    var bytes = unescape(encodeURIComponent(text));
    var value = 0x811c9dc5;
    for (var i = 0; i < bytes.length; i++) value = Math.imul(value ^ bytes.charCodeAt(i), 0x01000193);
    return value >>> 0;
  }
  var token = form.elements.token.value;
  var mask = (1 << Number(form.getAttribute("data-bits"))) - 1;
  var tried = 0;
  function work() {
    for (var end = tried + 4000; tried < end; tried++) {
      if ((hash(token + ":" + tried) & mask) === 0) {
        form.elements.work.value = String(tried);
        return;
      }
    }
    window.setTimeout(work, 0);
  }
  work();

  var phone = form.elements.phone;
  var waiting = 0;
  function say(sentence) {
    var place = document.getElementById("e-phone-error");
    place.textContent = sentence;
    place.parentNode.className = sentence ? "field wrong" : "field";
    phone.setAttribute("aria-invalid", sentence ? "true" : "false");
    if (sentence) phone.setAttribute("aria-describedby", "e-phone-error");
    tellHeight();
  }
  function check() {
    var value = phone.value;
    if (value.replace(/\D/g, "").length < 7) return;
    var request = new XMLHttpRequest();
    request.open("GET", form.getAttribute("data-check") + "&value=" + encodeURIComponent(value));
    request.onload = function () {
      if (request.status === 200 && value === phone.value) say(JSON.parse(request.responseText).problem);
    };
    request.send();
  }
  if (phone) {
    phone.addEventListener("input", function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(check, 500);
    });
    phone.addEventListener("change", check);
  }

  var isSent = false;
  form.addEventListener("submit", function (event) {
    if (isSent) return event.preventDefault();
    isSent = true;
    var button = form.querySelector("button[type=submit]");
    var words = button.textContent;
    button.textContent = form.getAttribute("data-sending");
    // Somebody who comes back by "back" may send again; the same entries are stored once.
    window.setTimeout(function () { isSent = false; button.textContent = words; }, 4000);
  });
})();
