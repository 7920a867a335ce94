// The large picture of each answer, by its kind. Each is a function of the page's `hero` that returns an element.
import {chain} from "./chain.js";
import {digitHero} from "./digit.js";
import {health} from "./health.js";
import {lossCurve} from "./loss_curve.js";
import {starts} from "./starts.js";
import {valley} from "./valley.js";

export const HEROES = {chain, digit: digitHero, health, starts, loss_curve: lossCurve, valley};
