import { setService } from './element.js';

// akin's own address is where it serves this: as widget.js, or as assets/widget-VERSION.js.
setService(import.meta.url.replace(/(assets\/)?widget[^/]*$/, ''));
