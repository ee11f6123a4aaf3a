/** A picture of a work. */
export interface Image {
  url?: string;
  alt?: string;
  credit?: string;
  width?: number;
  height?: number;
  srcset?: string;
}

/** A work in a related list, as akin's API answers it, and where it stands. */
export interface Entry {
  id: string;
  title?: string;
  summary?: string;
  /** As akin has it; may be relative to the website. */
  url?: string;
  /** Where the entry leads: whole, with what the attribute `utm` adds. */
  href: string;
  /** From 1. */
  position: number;
  /** Why it is there. */
  tier: 'pinned' | 'similar' | 'topic' | 'latest';
  types?: string[];
  topics?: string[];
  authors?: string[];
  lang?: string;
  /** "2024-03-26" or "2024-03". */
  date?: string;
  image?: Image;
  /** Of similar entries: the terms that both share, and the part of the score that each gives. */
  why?: { term: string; kind?: string; part: number }[];
  score?: number;
}

export interface Detail {
  /** Id of the item whose list it is; absent for a list of several. */
  item?: string;
  generation: number;
  entries: Entry[];
  /** Of `akin:follow`: the click. */
  event?: MouseEvent;
}

/**
 * The list stands (`akin:shown`), entries came into view (`akin:seen`), or one is
 * followed (`akin:follow`); `preventDefault` on the last keeps the browser from
 * going there, for applications that follow links themselves.
 */
export type AkinEvent = CustomEvent<Detail>;

/** The element `<akin-related>`, which importing this module defines in a browser. */
export class AkinRelated extends HTMLElement {}

/** Sets the address of akin for elements that have no attribute `service`. */
export function setService(address: string): void;

/** Attributes of `<akin-related>`. */
export interface AkinRelatedAttributes {
  /** Id of the item, or several, parted by commas. */
  item?: string;
  /** Address to look up instead. */
  url?: string;
  /** 1 to 50; 6 unless given. */
  limit?: number | string;
  layout?: 'list' | 'cards' | 'strip' | 'carousel';
  /** Cards, strips and carousels have pictures. */
  images?: boolean | '';
  /** What entries show beside the title: image, summary, type, date, byline, credit, reason. */
  fields?: string;
  type?: string;
  topic?: string;
  author?: string;
  languages?: string;
  fill?: 'none';
  exclude?: string;
  heading?: string;
  level?: number | string;
  lang?: string;
  /** Address of a file of words. */
  words?: string;
  /** What is added to every link, such as "utm_source=related". */
  utm?: string;
  /** Akin's address. */
  service?: string;
  events?: boolean | '';
}

declare global {
  interface HTMLElementTagNameMap {
    'akin-related': AkinRelated;
  }
  interface HTMLElementEventMap {
    'akin:shown': AkinEvent;
    'akin:seen': AkinEvent;
    'akin:follow': AkinEvent;
  }
}
