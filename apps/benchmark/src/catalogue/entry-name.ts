/** What an entry of the catalogue may be called: it becomes part of file names, and of a page's style. */
export const entryName = /^[a-z0-9][a-z0-9-]*$/;
