// A field that names an item or a topic finds it while one types: a combobox with a list, after the
// ARIA Authoring Practices. Without this, the form's own button finds it.
const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.querySelector("main").append(status);
document.querySelectorAll("[data-scriptless]").forEach(e => e.remove());

document.querySelectorAll(".pick").forEach((pick, n) => {
  const input = pick.querySelector("input:not([type])");
  const [id, was] = pick.querySelectorAll("input[type=hidden]");
  const about = pick.querySelector("[data-about]");
  const list = document.createElement("ul");
  list.id = "choices-" + n;
  list.className = "listbox";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent.trim());
  pick.querySelector("label").after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
    input.setAttribute(name, value);
  }
  let found = [], active = -1, taken = false, timer, asked;

  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    move(-1);
  }

  function move(to) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = to;
    const option = list.children[to];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function tell(title, text, code) {
    about.textContent = text + " ";
    if (!code) return;
    about.append(Object.assign(document.createElement("code"), { textContent: code }));
    input.value = was.value = title;
    id.value = code;
  }

  function choose(choice) {
    tell(choice.title, choice.about, choice.id);
    input.lang = choice.lang || "";
    pick.querySelector(".choices")?.remove(); // what the form asked before
    close();
    status.textContent = choice.title + ", " + choice.about;
    input.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function show() {
    list.replaceChildren(...found.map((choice, i) => {
      const option = document.createElement("li");
      option.id = list.id + "-" + i;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(
        Object.assign(document.createElement("span"), { textContent: choice.title, lang: choice.lang || "", dir: "auto" }), " ",
        Object.assign(document.createElement("span"), { textContent: choice.about, className: "n" }));
      option.addEventListener("mousedown", e => e.preventDefault()); // the field keeps the focus
      option.addEventListener("click", () => choose(choice));
      return option;
    }));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  async function ask() {
    asked?.abort();
    const words = input.value.trim();
    if (!words) return close();
    const mine = asked = new AbortController();
    try {
      const answer = await fetch(pick.dataset.find + "&q=" + encodeURIComponent(words), { signal: mine.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText); // signed out meanwhile, or the server is away
      const { choices, told } = await answer.json();
      if (mine.signal.aborted) return;
      found = choices;
      show();
      status.textContent = told;
    } catch (err) {
      if (err.name === "AbortError") return;
      close();
      status.textContent = pick.dataset.failed;
    }
  }

  input.addEventListener("input", () => {
    id.value = was.value = "";
    tell("", "", "");
    clearTimeout(timer);
    timer = setTimeout(ask, 200); // ms, so that not every key asks
  });
  input.addEventListener("blur", close);
  input.addEventListener("keypress", e => { // some input methods send it though the key was taken: it would send the form
    if (e.key === "Enter" && taken) e.preventDefault();
    taken = false;
  });
  input.addEventListener("keydown", e => {
    const open = !list.hidden;
    switch (e.key) {
      case "ArrowDown":
      case "ArrowUp": {
        e.preventDefault();
        if (!open) return void ask();
        if (e.altKey) return e.key === "ArrowUp" ? close() : undefined;
        const n = found.length, step = e.key === "ArrowDown" ? 1 : -1;
        return move(active < 0 ? (step > 0 ? 0 : n - 1) : (active + step + n) % n);
      }
      case "Enter":
        if (!open || active < 0) return;
        e.preventDefault();
        taken = true;
        return choose(found[active]);
      case "Escape":
        if (!open) return;
        e.preventDefault();
        return close();
    }
  });
});
