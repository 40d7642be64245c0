// The service worker, and the page it shows without network: kept again whenever the reader's language or theme changes.
const SHOWN = "kezhi:offline-page";

export function startWorker() {
  const root = document.documentElement;
  if (!("serviceWorker" in navigator) || !root.dataset.worker) return;
  navigator.serviceWorker.register(root.dataset.worker, { scope: "/" }).catch(() => {});
  const looks = `${root.lang} ${root.dataset.theme || "auto"}`;
  if (read() === looks) return;
  navigator.serviceWorker.ready.then((registration) => {
    registration.active?.postMessage("offline page");
    try {
      localStorage.setItem(SHOWN, looks);
    } catch {
      // A browser that keeps nothing asks again on the next page.
    }
  });
}

function read() {
  try {
    return localStorage.getItem(SHOWN);
  } catch {
    return null;
  }
}
