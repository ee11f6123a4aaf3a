import { setService, type AkinEvent } from 'akin-related';
import type {} from 'akin-related/react';

setService('https://akin.example');
document.querySelector('akin-related')?.addEventListener('akin:follow', (e) => {
  const seen: AkinEvent = e;
  console.log(seen.detail.entries[0].href.length, e.detail.item);
});

export const list = <akin-related item="rents" limit={4} layout="carousel" images />;
// @ts-expect-error there is no such layout
export const wrong = <akin-related layout="pile" />;
