import Algorithmia
import pandas as pd
from io import StringIO
import sys
import traceback


def apply(input):
    try:
        result = means(input['period'])
    except Exception:
        exc_type, exc_value, exc_tb = sys.exc_info()
        lines = traceback.format_exception(etype=exc_type, value=exc_value, tb=exc_tb)
        return {"failed": lines[-1].strip()}
    Algorithmia.client().file("data://__USER__/Tables/means.csv").put(result.to_csv(index=False))
    return result.to_json(orient='records')


def means(period):
    text = Algorithmia.client().file("data://__USER__/Tables/answers.csv").getString()
    table = pd.read_csv(StringIO(text), index_col=False)
    print(str(table.columns.values))
    chosen = table[table['period'] == period]
    if chosen.empty:
        raise ValueError("no answers for {}".format(period))
    return chosen.groupby('region', as_index=False)['value'].mean()
