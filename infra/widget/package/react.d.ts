// import type {} from 'akin-related/react' lets TypeScript know the element in JSX.
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { AkinRelated, AkinRelatedAttributes } from './index.js';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'akin-related': DetailedHTMLProps<HTMLAttributes<AkinRelated>, AkinRelated> & AkinRelatedAttributes;
    }
  }
}
