package dynamo

// OneByOne is an [Option] for tests that need requests in order.
func OneByOne(s *Store) { s.parallel = 1 }
