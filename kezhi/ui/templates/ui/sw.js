// The service worker: keeps the shell, offers the offline page, keeps pages that ask for it (X-Kezhi-Offline).
const facts = {{ facts|safe }};
const SHELL = "shell-" + facts.build;
const PAGES = "pages";
const KEPT_PAGES = 30;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL);
    await Promise.allSettled([...facts.shell, facts.offline].map((url) => cache.add(new Request(url, { cache: "reload" }))));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(PAGES));
  if (event.data === "offline page") event.waitUntil(keepOfflinePage());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(facts.static)) event.respondWith(fromShell(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

// In the language and theme of whoever reads here now.
async function keepOfflinePage() {
  const cache = await caches.open(SHELL);
  await cache.add(new Request(facts.offline, { cache: "reload" })).catch(() => {});
}

async function fromShell(request) {
  const kept = await caches.match(request.url, { cacheName: SHELL });
  return kept || fetch(request);
}

async function page(request) {
  try {
    const answer = await fetch(request);
    // Whoever was signed in here is not any more (signed out, ended from elsewhere, expired): their pages go.
    if (facts.signIn && new URL(request.url).pathname.startsWith(facts.signIn)) await caches.delete(PAGES);
    if (answer.ok && answer.headers.get("X-Kezhi-Offline") === "keep") await keep(request, answer.clone());
    return answer;
  } catch (problem) {
    return (await caches.match(request, { cacheName: PAGES })) || (await caches.match(facts.offline, { cacheName: SHELL })) || Response.error();
  }
}

async function keep(request, answer) {
  const cache = await caches.open(PAGES);
  await cache.put(request, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - KEPT_PAGES)).map((key) => cache.delete(key)));
}
