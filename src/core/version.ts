/** The program's version: put in by the build; from source it says so. */
declare const MEZZO_VERSION: string | undefined;

export const VERSION = typeof MEZZO_VERSION === "string" ? MEZZO_VERSION : "source";
