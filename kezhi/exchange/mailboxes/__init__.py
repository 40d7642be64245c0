"""Mail that comes in (DATA-3, LEAD-1): fetched by IMAP, filed with the customer or lead it is from, or a new lead."""
