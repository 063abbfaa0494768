/** Styles are imported for their effect: the bundler gathers them into the page's one stylesheet. */
declare module "*.css";
