/** Version of Likeness, as every report names it; the same as in `package.json`. */
export const version = "0.1.0";
