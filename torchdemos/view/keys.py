"""Keys of the fields that are read of a log: eight times the number, plus how the content is written."""

WALL_TIME, STEP, VERSION, SUMMARY, SESSION = 0x09, 0x10, 0x1A, 0x2A, 0x3A  # of tensorboard.Event
STATUS = 0x08  # of tensorboard.SessionLog
VALUE = 0x0A  # of tensorboard.Summary
TAG, NUMBER, IMAGE, TENSOR, METADATA = 0x0A, 0x15, 0x22, 0x42, 0x4A  # of tensorboard.Summary.Value
PNG = 0x22  # of tensorboard.Summary.Image
PLUGIN_DATA, DESCRIPTION = 0x0A, 0x1A  # of tensorboard.SummaryMetadata
PLUGIN_NAME = 0x0A  # of its PluginData
DTYPE, CONTENT, STRING = 0x08, 0x22, 0x42  # of tensorboard.TensorProto
