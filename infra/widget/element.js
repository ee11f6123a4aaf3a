// <akin-related item="ID" limit="4" layout="list|cards|strip|carousel"> shows what
// else to read. Without item it asks for the page's canonical address. What stands
// inside it is shown until the list is there, and for good if it never comes.
// docs/widget.md lists the attributes, parts, events and properties.
import css from './style.css';
import words from './words.json';

const filters = ['type', 'topic', 'author', 'languages', 'fill']; // which akin is asked with
const live = new Map(); // what related returned, of the elements on the page
let service = ''; // akin's address
let queue = Promise.resolve(); // one list after the other, so that nothing repeats
let sheet, near, due;

/** Sets the address of akin for elements that have no attribute `service`. */
export const setService = (address) => { service = address; };

const make = (tag, part, text) => {
  const e = document.createElement(tag);
  if (part) e.setAttribute('part', part);
  if (text) e.textContent = text;
  return e;
};
const ids = (s) => s.split(/[\s,]+/).filter(Boolean);
const base = (lang = '') => lang.split('-')[0];
const web = (address, site) => { // http and https only
  try {
    const a = new URL(address, site || document.baseURI);
    return /^https?:$/.test(a.protocol) ? a : '';
  } catch { return ''; }
};
const page = () => document.querySelector('link[rel=canonical]')?.href || location.href;
const plain = (address) => address.split('#')[0].replace(/\/$/, '');

// check brings all elements in step with their attributes and the page, soon.
const check = () => {
  due ||= setTimeout(() => {
    due = 0;
    live.forEach((one) => one.check());
  });
};

// start prepares what all elements share, when the first is there.
const start = () => {
  sheet = new CSSStyleSheet(); // which no policy for inline styles refuses
  sheet.replaceSync(css);
  near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) {
      near.unobserve(target);
      queue = queue.then(() => live.get(target)?.load());
    }
  }, { rootMargin: '600px' });
  // The page may become another without being loaded.
  addEventListener('popstate', check);
  globalThis.navigation?.addEventListener('currententrychange', check);
  new MutationObserver(check).observe(document.head, { subtree: true, childList: true, attributeFilter: ['href'] });
};

// related is what goes on in one element.
const related = (host) => {
  const root = host.attachShadow({ mode: 'open' });
  let asked; // what answer is to; empty until it is asked for
  let answer;
  let entries = []; // what is shown of it
  let copies = []; // of the page's template
  let own; // words of the page's own
  let changed; // an attribute, since the list was made

  const get = (name) => host.getAttribute(name) || '';
  const number = (name, otherwise, min, max) => Math.min(Math.max(parseInt(get(name)) || otherwise, min), max);
  const limit = () => number('limit', 6, 1, 50);
  const at = () => (get('service') || service).replace(/\/?$/, '/');
  const lang = () => base(host.closest('[lang]')?.lang || navigator.language);
  const text = () => own || words[lang()] || words.en;
  const template = () => host.querySelector('template');
  const has = (field) => {
    const fields = ids(get('fields'));
    return fields[0] ? fields.includes(field) : /^[tdr]/.test(field) || // type, date, reason
      field == 'image' && host.hasAttribute('images') && !!layout();
  };
  const layout = () => /^(cards|strip|carousel)$/.exec(get('layout'))?.[0];

  // put shows nodes in place of what was shown.
  const put = (...nodes) => {
    copies.forEach((e) => e.remove());
    copies = [];
    root.replaceChildren(...nodes);
  };

  // wait forgets what is shown and takes the room that the next list will need.
  const wait = () => {
    changed = false;
    asked = answer = '';
    entries = [];
    const [nav, list] = frame();
    nav.className += ' ghost';
    for (let i = limit(); i--;) list.append(make('li'));
    put(make('slot'), nav);
    near.unobserve(host);
    near.observe(host);
  };

  // frame makes the heading and the empty list.
  const frame = () => {
    const w = text();
    const nav = make('nav', 'nav');
    const list = make('ol', 'list');
    const heading = make('h' + number('level', 2, 2, 6), 'heading', get('heading') || w[0]);
    nav.append(heading);
    nav.setAttribute('aria-label', heading.textContent);
    nav.className = (layout() || 'list') + (template() ? ' own' : has('image') ? ' pictured' : '');
    const lines = has('byline') + has('credit') + has('reason') + (has('type') || has('date'));
    nav.style.setProperty('--r', `var(--akin-row,${template() ? 0 : 3.45 + 1.275 * lines + 3.57 * has('summary')}em)`);
    list.setAttribute('role', 'list');
    if (/st|el/.test(layout())) list.tabIndex = 0; // as it scrolls
    if (layout() == 'carousel') {
      nav.className += ' strip';
      const buttons = make('div', 'buttons');
      const [left, right] = [-1, 1].map((step) => {
        const b = make('button', 'button', step < 0 ? '←' : '→'); // which readers name in their language
        b.onclick = () => list.scrollBy({ left: step * list.clientWidth });
        buttons.append(b);
        return b;
      });
      const turn = () => {
        const rest = list.scrollWidth - list.clientWidth;
        const now = list.scrollLeft + (list.matches(':dir(rtl)') && rest);
        left.ariaDisabled = now < 2;
        right.ariaDisabled = now > rest - 2;
        buttons.hidden = rest < 2;
      };
      list.onscroll = turn;
      new ResizeObserver(turn).observe(list);
      nav.append(buttons);
    }
    nav.append(list);
    return [nav, list];
  };

  // want is what to ask akin for.
  const want = () => {
    const query = new URLSearchParams();
    const items = ids(get('item'));
    const path = items[0] && !items[1] ? `items/${encodeURIComponent(items[0])}/` : '';
    if (items[1]) query.set('item', items.join());
    else if (!path) query.set('url', get('url') || page().split('#')[0]);
    for (const k of filters) for (const v of get(k).split('|')) if (v) query.append(k == 'languages' ? 'lang' : k, v);
    const exclude = [...live.keys()].flatMap((e) => ids(e.getAttribute('exclude') || ''));
    if (exclude[0]) query.set('exclude', exclude.join());
    query.set('limit', limit());
    return `${at()}v1/${path}related?${query}`;
  };

  const load = async () => {
    const now = asked = want();
    const taken = [...live.values()].flatMap((one) => one.ids());
    const few = Math.min(limit() + taken.length + 1, 50); // some of them may be on the page already
    try {
      const res = await fetch(now.replace(/\d+$/, few), { signal: AbortSignal.timeout(8000) });
      const got = res.ok && await res.json();
      if (now == asked) answer = got;
      if (get('words')) own = await (await fetch(get('words'))).json();
    } catch { /* the service is away */ }
    if (now != asked) return; // something else is wanted by now
    const here = [page(), location.href.split('?')[0]].map(plain);
    entries = (answer?.related || []).filter((e) => (e.tier == 'pinned' || !taken.includes(e.id)) &&
      ![e, ...e.translations || []].some((v) => v.url && here.includes(plain('' + web(v.url, answer.site))))).slice(0, limit());
    show();
    if (entries[0]) tell('shown', entries);
  };

  const show = () => {
    changed = false;
    if (!entries[0]) return put(make('slot')); // what stands inside remains
    const [nav, list] = frame();
    const from = template();
    const boxes = [];
    const half = new IntersectionObserver((es) => { // half an entry in view counts
      const seen = es.filter((e) => e.isIntersecting).map((e) => e.target.entry).filter((e) => !e.seen);
      for (const e of seen) e.seen = true;
      if (seen[0]) tell('seen', seen);
    }, { threshold: 0.5 });
    entries.forEach((e, i) => {
      e.position = i + 1;
      const li = make('li', 'entry');
      const v = view(e);
      if (from) {
        const box = make('div');
        const slot = make('slot');
        slot.name = box.slot = 'akin-' + i;
        // Frameworks put what stands in a template beside its content.
        for (const n of (from.content.firstChild ? from.content : from).childNodes) box.append(document.importNode(n, true));
        fill(box, v);
        boxes.push(box);
        li.append(slot);
      } else build(li, v);
      li.onclick = (event) => {
        if (event.composedPath().some((n) => n.href) && !tell('follow', [e], event)) event.preventDefault();
      };
      li.entry = e;
      list.append(li);
      half.observe(li);
    });
    put(nav);
    host.append(...copies = boxes);
  };

  // view is what readers see of an entry, in their language where there is a version in it.
  const view = (e) => {
    const w = text();
    const version = base(e.lang) != lang() && e.translations?.find((t) => base(t.lang) == lang());
    const v = version ? { ...e, summary: '', ...version } : e;
    const link = v.url && web(v.url, answer.site) || web('items/' + encodeURIComponent(v.id), at());
    for (const [k, value] of new URLSearchParams(get('utm'))) link.searchParams.set(k, value);
    const href = e.href = link.href;
    const date = e.date && new Date(e.date).toLocaleDateString(w == words.en ? 'en' : lang(), {
      year: 'numeric', month: 'long', day: e.date[7] && 'numeric', timeZone: 'UTC',
    });
    const about = e.why?.filter((r) => !r.kind).map((r) => r.term)
      .sort((x, y) => y.includes(' ') - x.includes(' ')).slice(0, 3).join(', ');
    const why = e.tier == 'similar' ? about && w[1] + about : w[{ topic: 2, latest: 3, pinned: 4, popular: 6 }[e.tier]];
    return {
      ...e.image, ...v, date, href, image: e.image?.url && web(e.image.url, answer.site),
      title: v.title || (v.summary || e.image?.alt || e.id).replace(/(.{80}\S*)\s.*/s, '$1 …'),
      type: e.types?.join(', '), byline: e.authors?.join(', '),
      reason: [e.companion && w[5], why].filter(Boolean).join(' · '),
    };
  };

  // build makes an entry as akin shows it.
  const build = (li, v) => {
    if (has('image')) { // an entry without a picture has a plain one
      const img = make(v.image ? 'img' : 'div', 'image');
      if (v.image) Object.assign(img, { src: v.image, alt: '', loading: 'lazy', onerror: () => img.replaceWith(make('div', 'image')) });
      if (v.height > v.width) img.className = 'stands';
      li.append(img);
    }
    const a = make('a', 'link', v.title);
    a.href = v.href;
    a.dir = 'auto';
    if (v.lang) a.lang = v.lang;
    li.append(a);
    v.meta = ['type', 'date'].map((k) => has(k) && v[k]).filter(Boolean).join(' · ');
    for (const k of ['summary', 'meta', 'byline', 'credit', 'reason']) {
      if (!v[k] || k != 'meta' && !has(k)) continue;
      const p = make('p', k == 'reason' ? 'reason ' + v.tier : k, v[k]);
      p.title = v[k];
      li.append(p);
    }
  };

  // fill puts an entry into a copy of the page's template.
  const fill = (box, v) => {
    for (const n of box.querySelectorAll('[data-akin]')) {
      const k = n.dataset.akin;
      if (n.localName == 'a') n.href = v.href;
      if ('src' in n && v.image) Object.assign(n, { src: v.image, alt: v.alt || '' });
      else if (v[k]) n.textContent = v[k];
      else if (k != 'link') n.remove();
    }
  };

  // tell lets the page know, and counts what was seen or followed, without saying
  // by whom. It returns false where the page wants to follow by itself.
  const tell = (name, entries, event) => {
    const { item, generation } = answer;
    const kind = { seen: 'impression', follow: 'click' }[name];
    if (kind && item && host.hasAttribute('events')) {
      const told = entries.map(({ id, tier, position }) => ({ id, tier, position }));
      navigator.sendBeacon(at() + 'v1/events', JSON.stringify({ kind, item, generation, entries: told }));
    }
    const detail = { item, generation, entries, event };
    return host.dispatchEvent(new CustomEvent('akin:' + name, { bubbles: true, composed: true, cancelable: true, detail }));
  };

  root.adoptedStyleSheets = [sheet];
  wait();
  return {
    change() { changed = true; check(); },
    check() {
      if (asked != want()) wait();
      else if (changed) answer ? show() : wait();
    },
    load,
    ids: () => entries.map((e) => e.id),
  };
};

export class AkinRelated extends (globalThis.HTMLElement || Object) {
  static observedAttributes = [...filters, ...'item url limit layout images fields exclude heading level lang words utm service'.split(' ')];

  #one;

  connectedCallback() {
    if (!near) start();
    live.set(this, this.#one ||= related(this));
    check();
  }

  disconnectedCallback() {
    live.delete(this);
  }

  attributeChangedCallback() {
    this.#one?.change();
  }
}

const elements = globalThis.customElements;
elements?.get('akin-related') || elements?.define('akin-related', AkinRelated);
