// The page of a draft asks by itself, half a second after the last key, and puts
// the answer in place of the one before. Without this, its button does the same.
const form = document.querySelector("form.sheet");
const place = document.querySelector("#answer");
const status = document.querySelector("#told");
let timer, asked, last = said();

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 500);
});

function said() {
  return new URLSearchParams(new FormData(form)).toString();
}

async function ask() {
  const body = said();
  if (body === last) return;
  last = body;
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), signal: asked.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("#answer");
    if (!next) throw new Error(answer.statusText); // signed out meanwhile, or the server is away
    place.replaceChildren(...next.childNodes);
    status.textContent = page.querySelector("#told").textContent;
  } catch (err) {
    if (err.name === "AbortError") return;
    last = ""; // the next key asks again
    status.textContent = status.dataset.failed;
  }
}
