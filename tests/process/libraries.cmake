# The programs that these tests start.
add_dependencies(process_test tollhouse tollhouse-crashable)
