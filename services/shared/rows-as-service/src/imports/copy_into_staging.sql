copy pg_temp.staged_customers (row, phone, first_name, last_name, email, state, status, tags, attributes, consent, said, reject) from stdin
