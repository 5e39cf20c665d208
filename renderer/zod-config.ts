import * as z from 'zod';

// zod otherwise tries `new Function` when it first parses, which the Content-Security-Policy forbids and reports. This module
// is imported before any that holds a schema.
z.config({ jitless: true });
