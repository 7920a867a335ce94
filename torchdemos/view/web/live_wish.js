// What somebody asked for last counts until the training shows it: two quick presses of a button are two.

const TRUST_SHOWN = 1000; // milliseconds in which the training may go on to show something else

// `wish.ask(value)` sends it by `change(value)`, which promises null or why not, and `wish.shows(value)` follows the
// training. `onValue(value)` hears the value that counts, `wish.value()`: what is asked for, else what is shown.
export function wishFor(change, onValue) {
  let [shown, asked, sending, doubt] = [null, null, 0, null];
  const forget = () => {
    clearTimeout(doubt);
    [asked, doubt] = [null, null];
    onValue(shown);
  };
  const shows = (value) => {
    shown = value;
    if (asked === null || (value === asked && !sending)) forget();
    else if (value !== asked) doubt ??= setTimeout(forget, TRUST_SHOWN);
  };
  const ask = async (value, send = change) => {
    clearTimeout(doubt);
    [asked, doubt] = [value, null];
    onValue(value);
    sending++;
    const refused = await send(value);
    sending--;
    if (refused) forget();
  };
  return {ask, shows, value: () => asked ?? shown};
}
