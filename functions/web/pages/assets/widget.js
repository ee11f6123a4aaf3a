// <akin-related item="ID" limit="4" layout="list|cards|strip"> shows what else
// to read. Without item it asks for the page's canonical address. What stands
// inside it is shown until the list is there.
// Attributes: item, url, limit, layout, images, type, topic, exclude, fill, level, heading, lang, events.
const base = new URL('.', import.meta.url).href.replace(/\/$/, '');
const shown = new Set(); // ids on this page, in whatever list
let queue = Promise.resolve(); // one list after the other, so that nothing repeats

const words = {
  en: ['Related', 'Both about: ', 'Same topic', 'New on this site', 'Chosen by the editors', 'Goes with this work'],
  es: ['Relacionados', 'Ambos tratan de: ', 'Mismo tema', 'Nuevo en este sitio', 'Elegido por la redacción', 'Acompaña a este trabajo'],
  fr: ['À lire aussi', 'Traitent tous deux de : ', 'Même thème', 'Nouveau sur ce site', 'Choisi par la rédaction', 'Va avec ce texte'],
  de: ['Dazu passend', 'Beide handeln von: ', 'Gleiches Thema', 'Neu auf dieser Website', 'Von der Redaktion gewählt', 'Gehört hierzu'],
  pt: ['Relacionados', 'Ambos tratam de: ', 'Mesmo tema', 'Novo neste site', 'Escolhido pela redação', 'Acompanha este trabalho'],
  it: ['Correlati', 'Trattano entrambi di: ', 'Stesso tema', 'Nuovo su questo sito', 'Scelto dalla redazione', 'Accompagna questo lavoro'],
  nl: ['Verwant', 'Beide gaan over: ', 'Zelfde thema', 'Nieuw op deze site', 'Gekozen door de redactie', 'Hoort bij dit werk'],
};

const css = `
:host{display:grid;--l:var(--akin-line,color-mix(in srgb,currentcolor 18%,transparent));--row:var(--akin-row,6em);
font:var(--akin-font,inherit);color:var(--akin-color,inherit)}
:host([hidden]){display:none}
nav,slot{grid-area:1/1;min-width:0;display:block}
.ghost{visibility:hidden}
h2,h3,h4,h5,h6{font-size:1.1em;line-height:1.5em;height:1.5em;margin:0 0 .6em;overflow:hidden}
ol{list-style:none;margin:0;padding:0;display:grid;gap:var(--akin-gap,.75em)}
li{box-sizing:border-box;height:var(--row);overflow:hidden;border-top:1px solid var(--l);padding-top:.5em;line-height:1.35;overflow-wrap:anywhere}
.cards ol{grid-template-columns:repeat(auto-fill,minmax(min(100%,var(--akin-card,14em)),1fr))}
.strip ol{grid-auto-flow:column;grid-auto-columns:var(--akin-card,14em);overflow-x:auto;scroll-snap-type:x proximity;padding-bottom:.5em}
.strip li{scroll-snap-align:start}
a{color:inherit;font-weight:600;text-decoration-thickness:.06em;text-underline-offset:.15em;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;line-clamp:2;overflow:hidden}
a:hover{color:var(--akin-accent,inherit)}
a:focus-visible{outline:3px solid var(--akin-focus,#0b57d0);outline-offset:-3px}
[part=image]{width:100%;height:7em;object-fit:cover;display:block;margin-bottom:.4em;--t:color-mix(in srgb,var(--akin-accent,currentcolor) 10%,transparent);background:linear-gradient(115deg,transparent 62%,var(--t) 62.2%),var(--t)}
.pictured li{height:calc(var(--row) + 7.4em)}
p{margin:.15em 0 0;font-size:.85em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;color:var(--akin-muted,inherit)}
@media(forced-colors:none){p{color:var(--akin-muted,color-mix(in srgb,currentcolor 78%,transparent))}}`;

const near = new IntersectionObserver((seen) => {
  for (const e of seen) if (e.isIntersecting) {
    near.unobserve(e.target);
    queue = queue.then(() => e.target.load()).catch(() => {});
  }
}, { rootMargin: '600px' });

const make = (tag, part, text) => {
  const e = document.createElement(tag);
  if (part) e.setAttribute('part', part);
  if (text) e.textContent = text;
  return e;
};
const ids = (s) => (s || '').split(/[\s,]+/).filter(Boolean);
const link = (u) => { // http and https only
  try {
    const a = new URL(u, document.baseURI);
    return /^https?:$/.test(a.protocol) ? a.href : '';
  } catch { return ''; }
};

class AkinRelated extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: 'open' });
    const ghost = this.frame(); // takes the room that the list will need
    ghost.nav.classList.add('ghost');
    ghost.nav.inert = true;
    for (let i = this.limit; i--;) ghost.list.append(make('li'));
    root.append(make('style', '', css), make('slot'), ghost.nav);
    near.observe(this);
  }

  // frame makes the heading and the empty list.
  frame(label = '') {
    const is = this.getAttribute('layout');
    const layout = is === 'cards' || is === 'strip' ? is : 'list';
    const nav = make('nav', 'nav');
    nav.className = layout + (this.hasAttribute('images') && layout !== 'list' ? ' pictured' : '');
    const level = Math.min(Math.max(parseInt(this.getAttribute('level')) || 2, 2), 6);
    const heading = make('h' + level, 'heading', this.getAttribute('heading') || label);
    heading.id = 'h';
    nav.setAttribute('aria-labelledby', 'h');
    const list = make('ol', 'list');
    list.setAttribute('role', 'list');
    if (layout === 'strip') list.tabIndex = 0;
    nav.append(heading, list);
    return { nav, list };
  }

  get limit() { return Math.min(Math.max(parseInt(this.getAttribute('limit')) || 6, 1), 50); }

  async load() {
    const get = (name) => this.getAttribute(name);
    const query = new URLSearchParams({ limit: this.limit });
    let path = '/v1/related';
    const item = get('item');
    if (item) path = `/v1/items/${encodeURIComponent(item)}/related`;
    else query.set('url', get('url') || document.querySelector('link[rel=canonical]')?.href || location.href.split('#')[0]);
    for (const k of ['type', 'topic', 'fill']) if (get(k)) query.set(k, get(k));
    const exclude = new Set(shown);
    for (const e of document.querySelectorAll('akin-related')) {
      for (const id of ids(e.getAttribute('exclude'))) exclude.add(id);
    }
    if (exclude.size) query.set('exclude', [...exclude].join());
    try {
      const res = await fetch(`${base}${path}?${query}`, { signal: AbortSignal.timeout(8000) });
      if (res.ok && this.show(await res.json())) return;
    } catch { /* the service is away */ }
    this.shadowRoot.querySelector('.ghost').remove(); // what stands inside remains
  }

  show(answer) {
    const entries = answer.related || [];
    if (!entries.length) return false;
    const lang = this.closest('[lang]')?.lang || navigator.language;
    const w = words[lang.slice(0, 2)] || words.en;
    const { nav, list } = this.frame(w[0]);
    entries.forEach((e, i) => {
      shown.add(e.id);
      const li = make('li', 'entry');
      li.value = i + 1;
      if (nav.classList.contains('pictured')) { // an entry without a picture has a plain one
        const picture = e.image?.url && link(e.image.url);
        const img = make(picture ? 'img' : 'div', 'image');
        if (picture) Object.assign(img, { src: picture, alt: '', loading: 'lazy' });
        li.append(img);
      }
      const a = make('a', 'link', e.title || (e.summary || e.image?.alt || e.id).replace(/^(?=.{91})(.{60,90})\s.*/s, '$1 …'));
      a.href = (e.url && link(e.url)) || `${base}/items/${encodeURIComponent(e.id)}`;
      a.dir = 'auto';
      if (e.lang) a.lang = e.lang;
      a.addEventListener('click', () => this.tell(answer, 'click', [[e, i]]));
      li.append(a);
      let date = '';
      if (e.date) {
        const day = e.date.length > 7 ? 'numeric' : undefined;
        date = new Date(e.date).toLocaleDateString(w === words.en ? 'en-US' : lang.slice(0, 2), { year: 'numeric', month: 'long', day, timeZone: 'UTC' });
      }
      const meta = [(e.types || []).join(', '), date].filter(Boolean).join(' · ');
      if (meta) li.append(make('p', 'meta', meta));
      const about = (e.why || []).filter((r) => !r.kind).map((r) => r.term)
        .sort((x, y) => y.includes(' ') - x.includes(' ')).slice(0, 3).join(', ');
      const why = { similar: about && w[1] + about, topic: w[2], latest: w[3], pinned: w[4] }[e.tier];
      const reason = [e.companion && w[5], why].filter(Boolean).join(' · ');
      if (reason) {
        const p = make('p', 'reason ' + e.tier, reason);
        p.title = reason;
        li.append(p);
      }
      list.append(li);
    });
    this.style.minHeight = this.offsetHeight + 'px'; // never shorter than what stood here
    this.shadowRoot.replaceChildren(make('style', '', css), nav);
    const seen = new IntersectionObserver((es) => { // half an entry in view counts
      const now = es.filter((e) => e.isIntersecting).map((e) => e.target);
      now.forEach((li) => seen.unobserve(li));
      if (now.length) this.tell(answer, 'impression', now.map((li) => [entries[li.value - 1], li.value - 1]));
    }, { threshold: 0.5 });
    if (this.hasAttribute('events')) for (const li of list.children) seen.observe(li);
    return true;
  }

  // tell counts what was seen or followed, without saying by whom.
  tell(answer, kind, entries) {
    if (!this.hasAttribute('events')) return;
    const body = { kind, item: answer.item, generation: answer.generation, entries: entries.map(([e, i]) => ({ id: e.id, tier: e.tier, position: i + 1 })) };
    navigator.sendBeacon(base + '/v1/events', JSON.stringify(body));
  }
}

customElements.get('akin-related') || customElements.define('akin-related', AkinRelated);
