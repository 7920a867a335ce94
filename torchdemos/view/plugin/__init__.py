"""The Answer tab of TensorBoard."""

import logging

from tensorboard.plugins import base_plugin


class Loader(base_plugin.TBLoader):
    """TensorBoard calls this when it starts. It starts even if something is wrong with the tab."""

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        try:
            from torchdemos.view.plugin.tab import Tab

            return Tab(context)
        except Exception as error:
            logging.getLogger(__name__).warning("The Answer tab of torchdemos is not there: %s", error)
            return None
