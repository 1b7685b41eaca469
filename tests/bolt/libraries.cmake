# Nothing beyond the room: nlohmann json, which reads the vectors, is headers only.
