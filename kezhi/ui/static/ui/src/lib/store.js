// A small IndexedDB store for posts that wait for the network.
const NAME = "kezhi-outbox";

function open() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("items", { keyPath: "key" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function run(mode, act) {
  const database = await open();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction("items", mode);
      const request = act(transaction.objectStore("items"));
      transaction.oncomplete = () => done(request?.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const put = (item) => run("readwrite", (store) => store.put(item));
export const get = (key) => run("readonly", (store) => store.get(key));
export const remove = (key) => run("readwrite", (store) => store.delete(key));
export const all = async () => (await run("readonly", (store) => store.getAll())).sort((a, b) => a.savedAt - b.savedAt);
