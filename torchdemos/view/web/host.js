// Follows the TensorBoard around the tab: its reloads and its dark mode.

// TensorBoard's message protocol is experimental. Without it the page only misses the reloads.
export function followReloads(onReload) {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = ({data}) => {
    const message = JSON.parse(data);
    if (message.isReply) return;
    port1.postMessage(JSON.stringify({type: message.type, id: message.id, payload: null, error: null, isReply: true}));
    if (message.type === "experimental.DataReloaded") onReload();
  };
  window.parent.postMessage("experimental.bootstrap", "*", [port2]);
}

// TensorBoard's automatic reload: true or false as the reader has set it, null if the reader never did. TensorBoard
// keeps its settings in the storage that the tab shares.
export function reloadSetting() {
  try {
    return JSON.parse(localStorage.getItem("_tb_global_settings"))?.autoReload ?? null;
  } catch {
    return null;
  }
}

// TensorBoard tells its plugins nothing, but its body has a class. In a frame of another origin the page stays light.
export function followDarkMode() {
  try {
    const host = window.parent.document.body;
    const follow = () => document.documentElement.classList.toggle("dark", host.classList.contains("dark-mode"));
    new MutationObserver(follow).observe(host, {attributes: true, attributeFilter: ["class"]});
    follow();
  } catch {
    document.documentElement.classList.remove("dark");
  }
}
