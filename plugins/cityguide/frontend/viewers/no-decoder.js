/**
 * Stands in for three.js's decoder of meshopt, which compiles WebAssembly as soon as it is loaded; the content
 * security policy forbids that. Models that would need it are refused when they are uploaded.
 */
export const MeshoptDecoder = { supported: false, ready: Promise.resolve() };
