// The large picture of each answer, by its kind. Each is a function of the page's `hero` that returns an element.

export const HEROES = {};
